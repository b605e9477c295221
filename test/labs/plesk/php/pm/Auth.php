<?php

class pm_Auth
{
    public static function isValidCredentials($login, $password)
    {
        return Lab_Panel::call('auth', ['login' => (string) $login, 'password' => (string) $password]);
    }
}
