"""What the study means in numbers: names become indices, expressions become a staged graph."""
