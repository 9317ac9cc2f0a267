$bin = Join-Path -Path $PSScriptRoot -ChildPath 'bin'
if (-not (Test-Path -LiteralPath (Join-Path -Path $bin -ChildPath 'LakebaseOps.PowerShell.dll'))) {
    throw "LakebaseOps is not built: run 'dotnet run --project build -- module' in $(Split-Path -Path $PSScriptRoot -Parent)."
}

# LakebaseOps.Shared belongs to PowerShell's own load context, where type names are looked up, all else to the module's
# (Loader/ModuleLoadContext.cs).
try {
    $null = [System.Runtime.Loader.AssemblyLoadContext]::Default.LoadFromAssemblyPath("$bin/LakebaseOps.Shared.dll")
}
catch [System.IO.FileLoadException] {
    throw 'Another build of LakebaseOps is loaded in this process: start a new PowerShell.'
}

$commands = Import-Module -Assembly ([LakebaseOps.Loader.ModuleLoadContext]::LoadCommands()) -Force -PassThru
Export-ModuleMember -Cmdlet @($commands.ExportedCmdlets.Keys)

# PowerShell keeps an assembly's module after the module that imported it is gone, and a later import would find the kept
# one and export nothing (PowerShell issue 20710).
$ExecutionContext.SessionState.Module.OnRemove = { Remove-Module -ModuleInfo $commands -Force }.GetNewClosure()
