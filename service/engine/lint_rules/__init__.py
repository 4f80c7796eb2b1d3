"""The rules by which a diagram, a decision table or a form may be deployed; `service.engine.lint` runs them."""
