def page(proofs, versions):
    return ""
