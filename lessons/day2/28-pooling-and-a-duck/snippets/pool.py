import torch
from torch.nn import functional

x = torch.tensor([[1, 0, 2, 3], [4, 1, 0, 1], [0, 0, 8, 0], [2, 2, 0, 0]]).float()
small = functional.max_pool2d(x[None], 2)[0].int().tolist()
overlapping = functional.max_pool2d(x[None], 3, stride=1)
print(small, int((overlapping == 8).sum()))
