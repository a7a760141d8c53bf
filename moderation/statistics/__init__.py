"""The mathematics of measurement: plain numbers and arrays in, intervals out."""
