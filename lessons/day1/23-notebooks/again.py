space = {}
exec("n = 1", space)
cell = "n = 3 * n"
exec(cell, space)
exec(cell, space)
print(space["n"])
