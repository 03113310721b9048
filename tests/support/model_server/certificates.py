#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes an authority and two certificates of 127.0.0.1, one of them expired, with the program openssl."""
import shutil
import subprocess
from pathlib import Path

CONFIGURATION = """
[ca]
default_ca = authority
[authority]
new_certs_dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
certificate = {folder}/authority.pem
private_key = {folder}/authority.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[server]
subjectAltName = IP:127.0.0.1
basicConstraints = CA:FALSE
[root]
basicConstraints = critical, CA:TRUE
keyUsage = keyCertSign, cRLSign
[req]
distinguished_name = name
[name]
"""


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make(folder):
    """Writes authority.pem, good.pem, good.key, expired.pem and expired.key; False where there is no openssl."""
    if not shutil.which("openssl"):
        return False
    folder = Path(folder)
    settings = folder / "openssl.cnf"
    settings.write_text(CONFIGURATION.format(folder=folder), encoding="utf-8")
    (folder / "index.txt").write_text("", encoding="utf-8")
    (folder / "serial").write_text("1000\n", encoding="utf-8")
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *new_key, "-keyout", f"{folder}/authority.key", "-out", f"{folder}/authority.pem",
            "-days", "30", "-subj", "/CN=Warploom test authority", "-config", str(settings), "-extensions", "root")
    for name, dates in (("good", ["-days", "30"]),
                        ("expired", ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"])):
        openssl("req", "-new", *new_key, "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.csr",
                "-subj", f"/CN=127.0.0.1 {name}", "-config", str(settings))
        openssl("ca", "-batch", "-notext", "-config", str(settings), "-extensions", "server", *dates,
                "-in", f"{folder}/{name}.csr", "-out", f"{folder}/{name}.pem")
    return True
