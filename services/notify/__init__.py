"""Tells others what happened: partners by webhook, people by e-mail.

It owns the partners' webhooks, what was sent to them and every attempt, and the e-mails it has to send. It
publishes receipts: `webhook.scheduled`, `webhook.delivered`, `webhook.failed`, `message.sent`,
`message.failed`. It listens to what it must announce: `structure.*`, `contribution.*`, `signin.requested`.
"""
