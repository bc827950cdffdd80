import { applyDecorators, Controller, UseInterceptors } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PageInterceptor } from './page.interceptor.js';

/**
 * A controller of pages, or of what their scripts call: forged forms are refused behind its guards, `Page` and `Redirect` become
 * answers, and it is no part of the API's description. All controllers of the portal and of the operators carry it; a test looks.
 */
export function BrowserController(path: string | string[] = ''): ClassDecorator {
  return applyDecorators(Controller(path), UseInterceptors(PageInterceptor), ApiExcludeController());
}
