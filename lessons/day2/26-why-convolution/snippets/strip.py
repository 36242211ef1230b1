def slide(row, window):
    places = range(len(row) - len(window) + 1)
    return [sum(w * row[i + j] for j, w in enumerate(window)) for i in places]


greatest = []
for moved in range(3):
    strip = [0] * (2 + moved) + [1, 2] + [0] * (4 - moved)
    bumps = slide(strip, [1, 2, 1])
    pairs = [max(bumps[i : i + 2]) for i in range(0, 6, 2)]
    greatest.append(max(slide(pairs, [1, 1])))
print(*greatest)
