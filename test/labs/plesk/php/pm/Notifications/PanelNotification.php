<?php

abstract class pm_Notifications_PanelNotification
{
    public const CATEGORY_INFORMATION = 'Information';
    public const CATEGORY_WARNING = 'Warning';
    public const CATEGORY_ALERT = 'Alert';
    public const CATEGORY_PROMOTION = 'Promotion';
    public const CATEGORY_FEEDBACK = 'Feedback';
    public const AREA_WEBSITES = 'Websites';
    public const AREA_ACCOUNTS = 'Accounts';
    public const AREA_SECURITY = 'Security';
    public const AREA_PERFORMANCE = 'Performance';
    public const AREA_MAINTENANCE = 'Maintenance';
    public const AREA_PRODUCT = 'Product';

    public function getTitle()
    {
        return '';
    }

    public function getMessage()
    {
        return '';
    }

    public function getSubject()
    {
        return '';
    }

    public function getActionText()
    {
        return '';
    }

    public function getActionUrl()
    {
        return '';
    }

    public function openActionInNewTab()
    {
        return false;
    }

    public function getCategory()
    {
        return self::CATEGORY_INFORMATION;
    }

    public function getArea()
    {
        return self::AREA_WEBSITES;
    }

    public function getContext()
    {
        return '';
    }

    public function getContextIcon()
    {
        return '';
    }

    public function prepareRenderParams(array $params)
    {
        return $params;
    }

    public function getMessageKey(): ?string
    {
        return null;
    }

    public function isPromotion(): bool
    {
        return false;
    }
}
