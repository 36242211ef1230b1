from torch import nn

eye = nn.Conv2d(1, 6, 5)
head = nn.Linear(64, 10)
eye.requires_grad_(False)
weights = [*eye.parameters(), *head.parameters()]
print(
    sum(each.numel() for each in weights),
    sum(each.numel() for each in weights if each.requires_grad),
)
