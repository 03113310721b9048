// SPDX-FileCopyrightText: The Warploom authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <set>

#include <QObject>
#include <QString>
#include <QTimer>

#include "protocol/Records.h"
#include "session/JobThread.h"

namespace warploom {

/// Text that a person is editing, with where it came from.
struct Draft {
    QString id;  ///< given by the store
    QString workspace;  ///< path; empty for the draft of a file
    VariantId parent = 0;  ///< 0: the baseline, or a file
    QString file;  ///< the .cu file that it was read from; empty for one of a variant
    QString fileHash;  ///< of the file's text when it was read or written last
    QString title;
    QString text;
    bool isSubmitted = false;  ///< given to a run by this window, not seen in the lineage yet; not stored
};

/// Hash of a text as Draft::fileHash holds it.
QString draftTextHash(const QString& text);

/// Keeps every draft in a file of its own, written a moment after each change, so that no crash loses more than that
/// moment. What is discarded is kept aside and can be brought back. On the UI thread; files are written on another.
class DraftStore : public QObject {
    Q_OBJECT

public:
    /// Reads what earlier windows left in \p folder, which is made when it is first needed.
    explicit DraftStore(std::filesystem::path folder, QObject* parent = nullptr);
    ~DraftStore() override;

    /// Null when there is none with this id.
    [[nodiscard]] const Draft* find(const QString& id) const;
    /// Drafts of a workspace's variants, oldest first; with an empty path, of files.
    [[nodiscard]] QList<Draft> draftsOf(const QString& workspace) const;
    /// Returns the id of the new draft.
    QString add(Draft draft);
    void setText(const QString& id, const QString& text);
    void setFileHash(const QString& id, const QString& hash);
    void setSubmitted(const QString& id, bool submitted);
    /// Out of sight, but kept.
    void discard(const QString& id);
    /// The draft discarded last, back among the others; empty when there is none.
    QString bringBack();
    [[nodiscard]] bool canBringBack() const { return !m_discarded.isEmpty(); }
    /// Waits until everything is on the disk.
    void flush();

signals:
    /// A draft could not be written: \p message says why. The text is still in the window.
    void writeFailed(const QString& message);

private:
    [[nodiscard]] std::filesystem::path fileOf(const QString& id, bool discarded) const;
    void load();
    void markChanged(const QString& id);
    void writeChanged();

    std::filesystem::path m_folder;
    std::map<QString, Draft> m_drafts;
    QList<Draft> m_discarded;  ///< by this window, the latest last
    std::set<QString> m_changed;
    QTimer m_writeTimer;
    JobThread m_thread;
};

}  // namespace warploom
