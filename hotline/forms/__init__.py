"""A `Document` laid out: CSV for programs, XLSX for who calculates on, PDF for who signs. Nothing is counted here."""
