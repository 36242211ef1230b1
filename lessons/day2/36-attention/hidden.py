import torch

scores = torch.tensor([3.0, 1.0, 1.0, 2.0])
hidden = torch.tensor([True, False, False, True])
weights = scores.masked_fill(hidden, -torch.inf).softmax(0)
print(weights.tolist())
