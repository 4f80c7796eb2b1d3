"""Pages over registers, declared as data: `<id>.view.json`. What the file may say: docs/reference/views.md."""
