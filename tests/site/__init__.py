"""What people and browsers see: pages in a browser, large boards, and names that mean harm."""
