<?php

class pm_View_Status
{
    public const STATUS_INFO = 'info';
    public const STATUS_WARNING = 'warning';
    public const STATUS_ERROR = 'error';

    public function __construct()
    {
    }

    public static function addInfo($message, $noEscape = false)
    {
        self::addMessage(self::STATUS_INFO, $message, $noEscape);
    }

    public static function addWarning($message, $noEscape = false)
    {
        self::addMessage(self::STATUS_WARNING, $message, $noEscape);
    }

    public static function addError($message, $noEscape = false)
    {
        self::addMessage(self::STATUS_ERROR, $message, $noEscape);
    }

    /** Kept in the session, so that it outlives a redirect. */
    public static function addMessage($status, $message, $noEscape = false)
    {
        if (!in_array($status, [self::STATUS_INFO, self::STATUS_WARNING, self::STATUS_ERROR], true)) {
            throw new pm_Exception_InvalidArgumentException("Unknown status: $status");
        }
        $_SESSION['lab']['messages'][] = [
            'status' => $status,
            'content' => $noEscape ? (string) $message : htmlspecialchars((string) $message, ENT_QUOTES),
        ];
    }

    public static function hasMessage($message)
    {
        return in_array($message, array_column($_SESSION['lab']['messages'] ?? [], 'content'), true);
    }

    public static function getAllMessages($clearMessages = true)
    {
        $messages = $_SESSION['lab']['messages'] ?? [];
        if ($clearMessages) {
            unset($_SESSION['lab']['messages']);
        }
        return $messages;
    }

    public static function hasMessagesByType($type)
    {
        return in_array($type, array_column($_SESSION['lab']['messages'] ?? [], 'status'), true);
    }
}
