"""The note: what a network holds, on one page that an analyst can use, with annexes for a spreadsheet."""
