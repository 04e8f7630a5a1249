"""Rosters as people have them: workbooks and CSV files in, workbooks, CSV and iCalendar out.

Reading has three steps. :mod:`grids <callcenter.sheets.grids>` makes rows of cells of whatever the file
is, each cell with its place. :mod:`rows <callcenter.sheets.rows>` (a line for each shift) and
:mod:`matrix <callcenter.sheets.matrix>` (people down, days across) make raw shifts of them, still in the
words of the file. :mod:`reading <callcenter.sheets.reading>` resolves these to shifts, and tells every
fault with its cell, not only the first. Nothing here knows of a database.
"""
