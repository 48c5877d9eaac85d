"""The pictures of the README, taken in a browser as a person would see them."""
