<?php

declare(strict_types=1);

/** Whether a plan includes our certificates: a check box in every plan and subscription. */
class Modules_XolphinSsl_Permissions extends pm_Hook_Permissions
{
    /** @return array<string, array<string, mixed>> */
    public function getPermissions(): array
    {
        return [
            Modules_XolphinSsl_Rights::PERMISSION => [
                'default' => true,
                'place' => self::PLACE_MAIN,
                'name' => pm_Locale::lmsg('permissionName'),
                'description' => pm_Locale::lmsg('permissionText'),
            ],
        ];
    }
}
