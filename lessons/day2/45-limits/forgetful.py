one, other = 957, 764
total = ""
while one or other:
    total = str((one + other) % 10) + total
    one, other = one // 10, other // 10
print(total)
