import torch
from torch.nn import functional

row = torch.tensor([[[2.0, 5.0, 0.0, 0.0, 3.0, 1.0]]])
pooled, switches = functional.max_pool1d(row, 2, return_indices=True)
back = functional.max_unpool1d(pooled, switches, 2)
print(*(int(value) for value in back[0, 0]))
