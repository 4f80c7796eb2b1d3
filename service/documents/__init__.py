"""Letters, notices, certificates: rendered from templates that are deployed with a release, kept as files.

A template is a folder of `processes/documents/`: its declaration (`<id>.document.json`) says what it may read and what
it is given, beside it lies the text: Typst for what is issued as PDF, DOCX for what somebody goes on editing, or, for a
workbook, the declaration alone. What the file may say is described in docs/reference/documents.md.
"""
