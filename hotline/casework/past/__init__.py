"""The time before: figures that were published, and call books that were kept by hand."""
