# placeholder, filled in once the libraries exist
