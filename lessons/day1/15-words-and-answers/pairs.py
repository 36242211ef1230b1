from collections import Counter
from itertools import pairwise

text = "banana"
pairs = Counter(pairwise(text))
after_a = sum(count for (x, y), count in pairs.items() if x == "a")
print(pairs["a", "n"], after_a)
