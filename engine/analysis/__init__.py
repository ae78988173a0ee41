"""What the results tell: dataset in, dataset out."""
