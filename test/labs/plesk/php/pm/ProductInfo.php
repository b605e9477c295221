<?php

class pm_ProductInfo
{
    public const PLATFORM_UNIX = 'Unix';
    public const PLATFORM_WINDOWS = 'Windows';
    public const ARCH_32 = 'i386';
    public const ARCH_64 = 'x86_64';
    public const OS_CENTOS = 'CentOS';
    public const OS_DEBIAN = 'Debian';
    public const OS_UBUNTU = 'Ubuntu';
    public const OS_REDHAT = 'RedHat';
    public const OS_CLOUDLINUX = 'CloudLinux';
    public const OS_VZLINUX = 'VZLinux';
    public const OS_ALMALINUX = 'AlmaLinux';
    public const OS_ROCKY = 'Rocky';
    public const OS_WINDOWS = 'Microsoft Windows';
    public const PACKAGE_TYPE_RPM = 'rpm';
    public const PACKAGE_TYPE_DEB = 'deb';
    public const PACKAGE_TYPE_WIN = 'win';

    public static function getVersion()
    {
        return Lab_Panel::call('server.version');
    }

    public static function getLastInstalledUpdate()
    {
        return 0;
    }

    public static function getPlatform()
    {
        return self::PLATFORM_UNIX;
    }

    public static function isUnix()
    {
        return true;
    }

    public static function isWindows()
    {
        return false;
    }

    public static function getOsName()
    {
        return self::OS_DEBIAN;
    }

    public static function getOsVersion()
    {
        return '12.0';
    }

    public static function getOsShortVersion()
    {
        return '12';
    }

    public static function getOsCodename()
    {
        return 'bookworm';
    }

    public static function getOsPackageType()
    {
        return self::PACKAGE_TYPE_DEB;
    }

    public static function getOsArch()
    {
        return self::ARCH_64;
    }

    public static function getPrivateTempDir()
    {
        return Lab_Panel::root() . '/tmp';
    }

    public static function getProductRootDir()
    {
        return Lab_Panel::root();
    }
}
