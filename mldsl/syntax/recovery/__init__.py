"""What happens at a mistake: one diagnostic, and the smallest change of the text that lets the parser go on."""
