"""What a run leaves for people: its record, the HTML page, the model card."""
