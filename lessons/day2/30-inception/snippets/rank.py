import torch

windows = [
    [[1, -1, 1], [-1, 1, -1], [1, -1, 1]],
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[1, 1, 1], [1, 0, 1], [1, 1, 1]],
]
ranks = [torch.linalg.matrix_rank(torch.tensor(w, dtype=torch.float)) for w in windows]
print(*(int(rank) for rank in ranks))
