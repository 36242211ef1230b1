room = 3
places = [None] * room
for move in range(5):
    places[move % room] = move
print(places)
