//! Webshells by pattern and by syntax tree.
