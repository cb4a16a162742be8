"""From facts to an answer and its receipt, and from a receipt back to the same bits."""
