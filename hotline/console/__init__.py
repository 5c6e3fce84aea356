"""What officers and supervisors see: one module per page, plain HTML, three languages."""
