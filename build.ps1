<#
.SYNOPSIS
    Builds, demonstrates, tests, packages and benchmarks LakebaseOps.
.DESCRIPTION
    The same as 'dotnet run --project build -- <target> <arguments>'.
.PARAMETER Target
    module, demo, test, bench or package.
.PARAMETER Argument
    Further arguments of the target, e.g. --scale 2 --output ./output.
.EXAMPLE
    ./build.ps1 module
.EXAMPLE
    ./build.ps1 demo --output ./output
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory, Position = 0)]
    [ValidateSet('module', 'demo', 'test', 'bench', 'package')]
    [string] $Target,

    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Argument = @()
)

$ErrorActionPreference = 'Stop'
dotnet run --project (Join-Path -Path $PSScriptRoot -ChildPath 'build') -- $Target @Argument
exit $LASTEXITCODE
