<?php

class pm_Locale
{
    public const FALLBACK_LOCALE = 'en-US';

    private static ?string $code = null;
    /** @var array<string, array<string, mixed>> */
    private static array $messages = [];

    public static function getCode()
    {
        return self::$code ?? Lab_Panel::session()['locale'] ?? self::FALLBACK_LOCALE;
    }

    public static function setCode($localeCode)
    {
        self::$code = $localeCode;
    }

    /** A message of the extension; a key without message is shown in brackets. */
    public static function lmsg($key, $params = [])
    {
        $text = self::find(self::getCode(), $key) ?? self::find(self::FALLBACK_LOCALE, $key);
        if (!is_string($text)) {
            return "[$key]";
        }
        foreach ($params as $name => $value) {
            $text = str_replace("%%$name%%", (string) $value, $text);
        }
        return $text;
    }

    public static function keyExists($key, $findSection = false)
    {
        $found = self::find(self::getCode(), $key) ?? self::find(self::FALLBACK_LOCALE, $key);
        return $findSection ? is_array($found) : is_string($found);
    }

    public static function setTranslation($localeCode, $messages)
    {
        self::$messages[$localeCode] = $messages;
    }

    public static function getSection($sectionKey)
    {
        $found = self::find(self::getCode(), $sectionKey) ?? self::find(self::FALLBACK_LOCALE, $sectionKey);
        return is_array($found) ? $found : [];
    }

    private static function find(string $locale, string $key): mixed
    {
        self::$messages[$locale] ??= self::load($locale);
        $found = self::$messages[$locale];
        if (array_key_exists($key, $found)) {
            return $found[$key];
        }
        foreach (explode('.', $key) as $part) {
            $found = is_array($found) ? ($found[$part] ?? null) : null;
        }
        return $found;
    }

    /** @return array<string, mixed> */
    private static function load(string $locale): array
    {
        $file = Lab_Panel::plib() . "/resources/locales/$locale.php";
        if (!is_file($file)) {
            return [];
        }
        $messages = [];
        $returned = require $file;
        return is_array($returned) ? $returned : $messages;
    }
}
