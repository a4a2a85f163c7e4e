"""What stands in each paper, a room for each: the form, the receipt, the letters, the case file, the note, the work
meeting's sheet and the yearly review.

A paper is data (paper.py), in no language yet. How it looks lives in bot/documents/, who may have it in
handlers/paperwork.py, the row of the complaints register in procedure/register.py.
"""
