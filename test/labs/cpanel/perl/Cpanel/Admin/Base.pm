package Cpanel::Admin::Base;

# Stand-in for the base class of admin modules: who calls, and what belongs to the caller.

use strict;
use warnings;

sub new {
    my ( $class, %facts ) = @_;
    return bless {%facts}, $class;
}

sub _actions { return () }

sub get_action            { return $_[0]{action} }
sub get_caller_username   { return $_[0]{caller}{user} }
sub get_cpuser_uid        { return $_[0]{caller}{uid} }
sub get_cpuser_homedir    { return $_[0]{caller}{homedir} }
sub get_cpuser_domains    { return [ @{ $_[0]{caller}{domains} } ] }
sub get_passed_fh         { return undef }
sub get_cpuser_former_domains_that_remain_unused { return [] }

sub verify_that_cpuser_owns_domain {
    my ( $self, $domain ) = @_;
    return if grep { $_ eq $domain } @{ $self->{caller}{domains} };
    die "The user does not own the domain “$domain”.\n";
}

sub cpuser_has_feature_or_die {
    my ( $self, $feature ) = @_;
    return 1 if $self->{caller}{features}{$feature};
    die "The user does not have the feature “$feature”.\n";
}

1;
