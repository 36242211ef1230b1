CHANCES = {"blue": 0.6, "clear": 0.25, "covered": 0.1, "red": 0.05}

kept, share = [], 0.0
for token, chance in CHANCES.items():
    if share >= 0.9:
        break
    kept.append(token)
    share += chance
print(kept)
