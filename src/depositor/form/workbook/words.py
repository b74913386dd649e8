"""The texts of our own workbooks."""

from __future__ import annotations

from depositor.draft.message import msg

READ_ME = msg("workbook.read-me", "Read me")
FILES = msg("workbook.files", "Files")
LISTS = msg("workbook.lists", "Lists")
UNTITLED = msg("workbook.untitled", "Description of an imaging study")
MADE_BY = msg("workbook.made-by", "Made by Depositor. Fill it in where you like and import it again.")
HOW = msg("workbook.how", "How it works")
STEPS = (
    msg(
        "workbook.step.fill",
        "There is a sheet for each part of the description. Each row is one record; the grey lines say what is meant.",
    ),
    msg(
        "workbook.step.lists",
        "Cells with an arrow offer a list. Where a list is long you may also type a word of your own.",
    ),
    msg(
        "workbook.step.names",
        "Sheets refer to each other by name: a data set names its biosample as the sheet of biosamples calls it.",
    ),
    msg(
        "workbook.step.sort",
        "Sort, filter, add and delete rows as you like. Please leave hidden rows and columns where they are.",
    ),
    msg(
        "workbook.step.import",
        "Save the file and import it in Depositor. You will see what changes before anything happens.",
    ),
)
COLOURS = msg("workbook.colours", "What the headings say")
NEEDED = msg("workbook.needed", "Needed *")
NEEDED_SAID = msg("workbook.needed.said", "Most archives do not take a study without it. Empty cells are shaded.")
WISHED = msg("workbook.wished", "Recommended")
WISHED_SAID = msg("workbook.wished.said", "Others need it to understand and use your images.")
FREE = msg("workbook.free", "Optional")
FREE_SAID = msg("workbook.free.said", "If it says something about your study.")
SHEETS = msg("workbook.sheets", "The sheets")
QUESTION = msg("workbook.question", "Question")
ANSWER = msg("workbook.answer", "Answer")
MEANING = msg("workbook.meaning", "What is meant")
BELONGS = msg("workbook.belongs", "The name of what this row belongs to, as it stands in the other sheet.")
FILE = msg("workbook.file", "File")
GROUP = msg("workbook.group", "Belongs to")
FILE_HELP = msg(
    "workbook.file.help",
    "Every file of the study. For columns of your own (genotype, dose, time) write a heading and the values.",
)
GROUP_HELP = msg("workbook.group.help", "The data set or annotation. It is chosen in Depositor, not here.")
BY_NAME = msg("workbook.by-name", "Read out of the file name; changed in Depositor, not here.")
BY_HAND = msg("workbook.by-hand", "Your own column: change it as you like.")
NUMBER = msg("workbook.number", "This should be a number in the unit that the heading gives.")
DAY = msg("workbook.day", "This should be a date.")
YEAR = msg("workbook.year", "This should be a year of four digits.")
CHOOSE = msg("workbook.choose", "Please choose from the list.")
LINES = msg("workbook.lines", "Several: one per line (Alt+Enter).")
ORGANISATIONS = msg("workbook.organisations", "One per line: name | ROR | country code. The name alone is enough.")
