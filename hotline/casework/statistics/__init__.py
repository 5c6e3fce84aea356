"""The month counted: figures from rows, once, and the same in every form."""
