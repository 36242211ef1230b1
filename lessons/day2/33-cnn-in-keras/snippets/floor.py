import torch
from torch.nn import functional

sure = torch.tensor([[100.0, 0.0, 0.0]])
right = torch.tensor([0])
once = functional.cross_entropy(sure, right)
twice = functional.cross_entropy(sure.softmax(1), right)
print(f"{once:.2f} {twice:.2f}")
