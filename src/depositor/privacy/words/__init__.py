"""What a piece of text tells: names, numbers, days, places, in many languages and scripts."""
