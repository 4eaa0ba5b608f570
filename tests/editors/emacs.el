;;; emacs.el --- what somebody sees who edits with Emacs and eglot  -*- lexical-binding: t -*-
;; Run in a repository: SEAWORTHY=… emacs -Q --batch -L ELPA -l emacs.el
;; Ends with 0 when all is as it should be.

(let ((default-directory "/usr/share/emacs/site-lisp/elpa-src/"))
  (when (file-directory-p default-directory) (normal-top-level-add-subdirs-to-load-path)))
(let ((default-directory "/usr/share/emacs/site-lisp/elpa/"))
  (when (file-directory-p default-directory) (normal-top-level-add-subdirs-to-load-path)))
(require 'eglot)
(require 'flymake)
(require 'cl-lib)

(defvar seaworthy-rule "placeholder-secret-in-deployable")
(defvar seaworthy-port "compose-db-port-published")

(defun seaworthy-check (holds what)
  (unless holds (message "FAILED: %s" what) (kill-emacs 1))
  (message "ok: %s" what))

(defun seaworthy-shows (code)
  "Where flymake shows a finding of CODE in this buffer."
  (cl-find-if (lambda (shown) (string-match-p (regexp-quote code) (flymake-diagnostic-text shown)))
              (flymake-diagnostics)))

(defun seaworthy-wait (code there)
  (let ((until (time-add (current-time) 20)))
    (while (and (time-less-p (current-time) until)
                (not (eq there (and (seaworthy-shows code) t))))
      (eglot--signal-textDocument/didChange)
      (accept-process-output nil 0.05)
      (flymake-start))
    (eq there (and (seaworthy-shows code) t))))

(define-derived-mode seaworthy-test-mode fundamental-mode "Test")
(add-to-list 'eglot-server-programs
             `(seaworthy-test-mode . (,(getenv "SEAWORTHY") "lsp"
                                      :initializationOptions (:debounce 0))))
(setq eglot-sync-connect 20 eglot-confirm-server-initiated-edits nil)
(setq project-find-functions (list (lambda (_) (cons 'transient default-directory))))

(defun seaworthy-open (path)
  (find-file path)
  (seaworthy-test-mode)
  (eglot-ensure)
  (unless (eglot-managed-p) (apply #'eglot (eglot--guess-contact)))
  (current-buffer))

(let ((env (seaworthy-open ".env.production")) compose)
  (seaworthy-check (eglot-managed-p) "the server is connected")
  (seaworthy-check (seaworthy-wait seaworthy-rule t) "a finding of the file is shown")
  (seaworthy-check (= 2 (line-number-at-pos
                         (flymake-diagnostic-beg (seaworthy-shows seaworthy-rule))))
                   "in its line")
  (goto-char (point-min)) (forward-line 1)
  (delete-region (point) (line-end-position))
  (insert "GREETING=😀")
  (seaworthy-check (seaworthy-wait seaworthy-rule nil) "an edit that mends it takes it away, unsaved")
  (delete-region (line-beginning-position) (line-end-position))
  (insert "JWT_SECRET=changeme # 😀")
  (seaworthy-check (seaworthy-wait seaworthy-rule t) "and another brings it back")
  (let ((shown (seaworthy-shows seaworthy-rule)))
    (seaworthy-check (equal "changeme" (buffer-substring (flymake-diagnostic-beg shown)
                                                         (flymake-diagnostic-end shown)))
                     "where it is"))
  (setq compose (seaworthy-open "compose.yml"))
  (seaworthy-check (seaworthy-wait seaworthy-port t) "another file is judged, too")
  (let ((settings (seaworthy-open "seaworthy.toml")))
    (erase-buffer)
    (insert "[rules]\n" seaworthy-port " = \"off\"\n")
    (eglot--signal-textDocument/didChange)
    (with-current-buffer compose
      (seaworthy-check (seaworthy-wait seaworthy-port nil)
                       "an unsaved edit of the settings takes its finding away"))
    (with-current-buffer settings
      (erase-buffer)
      (eglot--signal-textDocument/didChange))
    (with-current-buffer compose
      (seaworthy-check (seaworthy-wait seaworthy-port t) "and gives it back")))
  (with-current-buffer compose
    (let* ((actions (jsonrpc-request
                     (eglot--current-server-or-lose) :textDocument/codeAction
                     (list :textDocument (eglot--TextDocumentIdentifier)
                           :range '(:start (:line 0 :character 0) :end (:line 9 :character 0))
                           :context '(:diagnostics []))))
           (title (format "Ignore `%s` here: accepted risk" seaworthy-port))
           (chosen (cl-find title actions :test #'equal
                            :key (lambda (action) (plist-get action :title)))))
      (seaworthy-check chosen "the finding can be ignored")
      (eglot--apply-workspace-edit (plist-get chosen :edit))
      (goto-char (point-min))
      (seaworthy-check (search-forward (format "# seaworthy: ignore[%s] accepted risk" seaworthy-port) nil t)
                       "by a comment")
      (seaworthy-check (seaworthy-wait seaworthy-port nil) "and is gone then")))
  (with-current-buffer env
    (let ((hover (jsonrpc-request
                  (eglot--current-server-or-lose) :textDocument/hover
                  (list :textDocument (eglot--TextDocumentIdentifier)
                        :position '(:line 1 :character 12)))))
      (seaworthy-check (string-match-p "Why" (plist-get (plist-get hover :contents) :value))
                       "the pointer is told why"))
    (eglot-shutdown (eglot--current-server-or-lose)))
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer (set-buffer-modified-p nil)))
  (kill-emacs 0))
