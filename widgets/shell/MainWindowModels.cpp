// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/ModelKeys.h"
#include "shell/MainWindow.h"
#include "shell/ModelServersDialog.h"

namespace warploom {

/// A host gets its keys when it is started: they have to be known by then.
void MainWindow::openSession(const QString& path, const QString& folder)
{
    m_modelKeys->whenRead([this, path, folder] {
        m_session.setKeys(m_modelKeys->keys());
        m_session.open(path, folder);
    });
}

void MainWindow::showModelServers()
{
    auto* dialog = new ModelServersDialog(*m_modelKeys, ModelCatalogue::ownFile(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

}  // namespace warploom
