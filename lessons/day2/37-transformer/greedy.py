LIKELIEST = {"<": "t", "t": "e", "e": "n", "n": ">"}

said = "<"
while said[-1] != ">" and len(said) < 3:
    said += LIKELIEST[said[-1]]
print(said[1:])
