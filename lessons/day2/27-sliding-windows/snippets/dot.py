row = [0, 0, 1, 0, 0]
window = [1, 2, 3]
found = [sum(w * row[i + j] for j, w in enumerate(window)) for i in range(3)]
print(*found)
