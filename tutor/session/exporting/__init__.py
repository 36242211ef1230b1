"""A run taken elsewhere: tables, charts, pictures, and what TensorBoard and W&B read.

Everything here reads the record of a run; none of it needs torch, and matplotlib, tensorboard and
wandb are imported when they are asked for, never before.
"""
