"""Small data sets that come with the models, and readers for them."""
