"""What is nobody's own: names and their nearest, checks of numbers, files, arrays from whatever the user has."""
